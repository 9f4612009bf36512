// One region's virtual network: the function app sends into it, account and storage answer in it.
// After a change of the account's regions run the deployment again: a private endpoint takes up a
// new region only when it is put anew (how-to-configure-private-endpoints).

param region string

@description('Tells the address ranges of the regions apart, should somebody join the networks.')
param number int

param accountId string
param storageId string

var range = '10.40.${number}.0/24'

resource network 'Microsoft.Network/virtualNetworks@2025-09-01' = {
  name: 'vnet-todos-${region}'
  location: region
  properties: {
    addressSpace: { addressPrefixes: [range] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(range, 26, 0)
          // Flex Consumption takes this delegation, and no underscore in the name.
          delegations: [
            { name: 'flex-consumption', properties: { serviceName: 'Microsoft.App/environments' } }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(range, 26, 1)
          defaultOutboundAccess: false
        }
      }
    ]
  }

  resource app 'subnets' existing = { name: 'app' }
  resource endpoints 'subnets' existing = { name: 'endpoints' }
}

var targets = [
  { name: 'cosmos', service: accountId, part: 'Sql', zone: 'privatelink.documents.azure.com' }
  {
    name: 'storage'
    service: storageId
    part: 'blob'
    zone: 'privatelink.blob.${environment().suffixes.storage}'
  }
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for target in targets: {
    name: target.zone
    location: 'global'
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (target, i) in targets: {
    parent: zones[i]
    name: network.name
    location: 'global'
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: network.id }
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2025-09-01' = [
  for target in targets: {
    name: 'pe-todos-${target.name}-${region}'
    location: region
    properties: {
      subnet: { id: network::endpoints.id }
      privateLinkServiceConnections: [
        {
          name: target.name
          properties: { privateLinkServiceId: target.service, groupIds: [target.part] }
        }
      ]
    }
  }
]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-09-01' = [
  for (target, i) in targets: {
    parent: endpoints[i]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: target.name, properties: { privateDnsZoneId: zones[i].id } }]
    }
    dependsOn: [links[i]]
  }
]

output appSubnetId string = network::app.id
