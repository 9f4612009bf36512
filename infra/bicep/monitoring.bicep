// Logs, metrics, the workbook that shows them, and who is called.

param token string
param region string
param insightsName string
param alertEmail string

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: 'log-todos-${token}'
  location: region
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: region
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    // The connection string then only says where to, it opens nothing.
    DisableLocalAuth: true
  }
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-todos-${token}'
  location: 'global'
  properties: {
    enabled: true
    groupShortName: 'todos'
    emailReceivers: [{ name: 'on call', emailAddress: alertEmail, useCommonAlertSchema: true }]
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspace.id, 'workbook')
  location: region
  kind: 'shared'
  properties: {
    displayName: 'Todos: lag, throughput, RU and rejections'
    category: 'workbook'
    sourceId: workspace.id
    serializedData: loadTextContent('workbook.json')
  }
}

output workspaceId string = workspace.id
output actionGroupId string = actionGroup.id
