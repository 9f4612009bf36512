// When somebody must look. Cosmos DB has no metric for the lag of a change feed: age and rejections
// come from the lines that the functions log (functions/report.ts, functions/sweep.ts).

param region string
param durability 'zone' | 'region'
param accountName string
param workspaceId string
param actionGroupId string
param appNames string[]

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' existing = {
  name: accountName
}

type metricAlert = {
  name: string
  description: string
  severity: int
  window: 'PT5M' | 'PT1H'
  metric: string
  aggregation: 'Average' | 'Count'
  operator: 'GreaterThan' | 'LessThan'
  threshold: int
  statusCode: string?
}

// Names and dimensions as in Azure Monitor Baseline Alerts, services/DocumentDB/databaseAccounts.
var metricAlerts metricAlert[] = concat(
  [
    {
      name: 'throttled'
      description: 'Cosmos DB answers 429: work is late, not lost. Raise throughput if it stays.'
      severity: 2
      window: 'PT5M'
      metric: 'TotalRequests'
      aggregation: 'Count'
      operator: 'GreaterThan'
      threshold: 100
      statusCode: '429'
    }
    {
      name: 'account-unavailable'
      description: 'Cosmos DB answered less than 99 % of all requests in the last hour.'
      severity: 1
      window: 'PT1H'
      metric: 'ServiceAvailability'
      aggregation: 'Average'
      operator: 'LessThan'
      threshold: 99
    }
  ],
  durability == 'zone'
    ? []
    : [
        {
          name: 'region-failover'
          description: 'The write region moved. Put the new one first before the next deployment.'
          severity: 1
          window: 'PT5M'
          metric: 'RegionFailover'
          aggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
        }
        {
          name: 'region-offline'
          description: 'A region is offline. Writes go on with two; one less would stop them.'
          severity: 1
          window: 'PT5M'
          metric: 'OfflineRegion'
          aggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
)

resource metricRules 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for alert in metricAlerts: {
    name: 'alert-todos-${alert.name}'
    location: 'global'
    properties: {
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [account.id]
      evaluationFrequency: 'PT5M'
      windowSize: alert.window
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: alert.name
            metricNamespace: 'Microsoft.DocumentDB/databaseAccounts'
            metricName: alert.metric
            timeAggregation: alert.aggregation
            operator: alert.operator
            threshold: alert.threshold
            dimensions: contains(alert, 'statusCode')
              ? [{ name: 'StatusCode', operator: 'Include', values: [alert.statusCode!] }]
              : []
          }
        ]
      }
      actions: [{ actionGroupId: actionGroupId }]
    }
  }
]

type logAlert = {
  name: string
  description: string
  severity: int
  @description('Answers one row with the column value.')
  query: string
  operator: 'GreaterThan' | 'LessThan'
  threshold: int
}

var logAlerts logAlert[] = concat(
  [
    {
      name: 'oldest-pending'
      description: 'A request is pending for more than two minutes, in spite of doorbell and sweep.'
      severity: 1
      query: '''
        AppTraces
        | where Message startswith "late projects="
        | parse Message with * "oldestAgeS=" age:long
        | summarize value = coalesce(max(age), 0)
      '''
      operator: 'GreaterThan'
      threshold: 120
    }
    {
      name: 'project-not-drained'
      description: 'A project fails on its own data again and again; the log says which and why.'
      severity: 2
      query: '''
        AppTraces
        | where Message startswith "not drained project="
        | summarize value = count()
      '''
      operator: 'GreaterThan'
      threshold: 3
    }
    {
      name: 'many-rejected'
      description: 'More than 5 % of at least 20 requests were rejected: somebody submits nonsense.'
      severity: 3
      query: '''
        AppTraces
        | where Message startswith "drained projects="
        | parse Message with * " done=" done:long " rejected=" rejected:long " " *
        | summarize done = sum(done * ItemCount), rejected = sum(rejected * ItemCount)
        | project value = iff(done + rejected < 20, 0.0, 100.0 * rejected / (done + rejected))
      '''
      operator: 'GreaterThan'
      threshold: 5
    }
    {
      // A lease that moves to another host logs a warning; that is normal, errors are not.
      name: 'lease-errors'
      description: 'The trigger cannot keep its leases. Look at their roles and throughput.'
      severity: 2
      query: '''
        AppTraces
        | where SeverityLevel >= 3
        | where tostring(Properties.Category) startswith "Host.Triggers.CosmosDB"
        | summarize value = count()
      '''
      operator: 'GreaterThan'
      threshold: 5
    }
  ],
  map(appNames, name => {
    // The host reports each run as a request. It says so even if nothing is late.
    name: 'sweep-silent-${name}'
    description: 'The sweep has not run for 15 minutes: what the trigger loses stays pending.'
    severity: 1
    query: join(
      [
        'AppRequests'
        '| where OperationName == "sweep" and Success and AppRoleName =~ "${name}"'
        '| summarize value = count()'
      ],
      '\n'
    )
    operator: 'LessThan'
    threshold: 1
  })
)

resource logRules 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for alert in logAlerts: {
    name: 'alert-todos-${alert.name}'
    location: region
    kind: 'LogAlert'
    properties: {
      displayName: 'todos: ${alert.name}'
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: alert.query
            metricMeasureColumn: 'value'
            timeAggregation: 'Maximum'
            operator: alert.operator
            threshold: alert.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [actionGroupId] }
    }
  }
]
