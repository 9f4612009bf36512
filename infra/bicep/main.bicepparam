// Development: cheap, in one region, stops when nothing happens. azd looks for a file of this name and
// fills in its two variables.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param groupRegion = readEnvironmentVariable('AZURE_LOCATION', 'swedencentral')
param dataPlacement = {
  durability: 'zone'
  region: readEnvironmentVariable('AZURE_LOCATION', 'swedencentral')
  capacity: { mode: 'serverless' }
}
param network = 'public'
param alwaysReadyInstances = 0
param alertEmail = readEnvironmentVariable('ALERT_EMAIL', 'on-call@example.com')
