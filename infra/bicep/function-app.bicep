// The function app of one region on Flex Consumption. The apps of all regions share one lease
// container: when a region is lost, the others take over its leases.

import { httpApi } from 'promises.bicep'

param name string
param region string
param azdServiceName string
param nodeVersion '22' | '24'
param alwaysReadyInstances int
param durability 'zone' | 'region'
param preferredRegions string[]
param accountName string
param identityName string
param storageName string
param insightsName string
param httpApiAccess httpApi

@description('Absent: the app is in no virtual network.')
param subnetId string?

var isHttpOff = httpApiAccess.kind == 'off'

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' existing = {
  name: accountName
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource storage 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: storageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${name}'
  location: region
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true
    // The platform then keeps two instances of each always-ready function, and bills them.
    zoneRedundant: alwaysReadyInstances >= 2
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: region
  kind: 'functionapp,linux'
  tags: { 'azd-service-name': azdServiceName }
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}packages'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        // The least that Flex takes; the number of leases is the bound that counts.
        maximumInstanceCount: 40
        alwaysReady: alwaysReadyInstances == 0
          ? []
          : [{ name: 'function:processRequests', instanceCount: alwaysReadyInstances }]
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      // With the HTTP API off nobody has business here; packages come in through the other site.
      ipSecurityRestrictionsDefaultAction: isHttpOff ? 'Deny' : 'Allow'
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictionsDefaultAction: 'Allow'
      // Flex sets FUNCTIONS_WORKER_RUNTIME, FUNCTIONS_EXTENSION_VERSION and WEBSITE_* itself.
      appSettings: [
        { name: 'COSMOS__accountEndpoint', value: account.properties.documentEndpoint }
        { name: 'COSMOS__credential', value: 'managedidentity' }
        { name: 'COSMOS__clientId', value: identity.properties.clientId }
        { name: 'COSMOS_DATABASE', value: 'todos' }
        { name: 'COSMOS_CONTAINER', value: 'items' }
        { name: 'COSMOS_LEASE_CONTAINER', value: 'leases' }
        { name: 'COSMOS_PREFERRED_REGIONS', value: join(preferredRegions, ',') }
        { name: 'DURABILITY', value: durability }
        { name: 'AzureWebJobsStorage__accountName', value: storage.name }
        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
        { name: 'AzureWebJobsStorage__clientId', value: identity.properties.clientId }
        {
          name: 'APPLICATIONINSIGHTS_CONNECTION_STRING'
          value: insights.properties.ConnectionString
        }
        {
          name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
          value: 'ClientId=${identity.properties.clientId};Authorization=AAD'
        }
        // A host that is told to stop finishes its batch before it lets go of the lease.
        { name: 'FUNCTIONS_ENABLE_DRAIN_ON_APP_STOPPING', value: 'true' }
        { name: 'AzureWebJobs.submitRequest.Disabled', value: isHttpOff ? 'true' : 'false' }
        { name: 'AzureWebJobs.readRequest.Disabled', value: isHttpOff ? 'true' : 'false' }
        { name: 'AzureWebJobs.listTodos.Disabled', value: isHttpOff ? 'true' : 'false' }
      ]
    }
  }
}

resource ftpPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource scmPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

resource authentication 'Microsoft.Web/sites/config@2025-03-01' = if (httpApiAccess.kind == 'entra') {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    globalValidation: { requireAuthentication: true, unauthenticatedClientAction: 'Return401' }
    httpSettings: { requireHttps: true }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: httpApiAccess.?clientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: ['api://${httpApiAccess.?clientId}']
          // Without this any application of the tenant could come in.
          defaultAuthorizationPolicy: { allowedApplications: httpApiAccess.?allowedClientIds }
        }
      }
    }
    login: { tokenStore: { enabled: false } }
  }
}
