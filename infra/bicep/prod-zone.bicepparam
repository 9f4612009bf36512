// Production in one region: no accepted request is lost with a zone.
using 'main.bicep'

param environmentName = 'prod-zone'
param groupRegion = 'swedencentral'
param dataPlacement = {
  durability: 'zone'
  region: 'swedencentral'
  capacity: { mode: 'autoscale', itemsThousandRuPerSecond: 10 }
}
param network = 'public'
param alwaysReadyInstances = 2
param alertEmail = readEnvironmentVariable('ALERT_EMAIL', 'on-call@example.com')

// Until both variables say who may call, nobody gets in.
param httpApiAccess = {
  kind: 'entra'
  clientId: readEnvironmentVariable('HTTP_API_CLIENT_ID', '00000000-0000-0000-0000-000000000000')
  allowedClientIds: split(
    readEnvironmentVariable('HTTP_API_ALLOWED_CLIENT_IDS', '00000000-0000-0000-0000-000000000000'),
    ','
  )
}
