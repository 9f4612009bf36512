// What the parameters of main.bicep may say. Each choice buys a promise; what would break one has
// no words here: several write regions, serverless in several regions, an anonymous HTTP API.
// Numbers: learn.microsoft.com/azure/reliability/reliability-cosmos-db-nosql.

@export()
@description('Where the data lives, and with it what it survives.')
@discriminator('durability')
type placement = zonePlacement | regionPlacement

@description('''One region, spread over its zones: no accepted request is lost with a zone. If the
whole region is lost for ever, so are the requests of up to its last 240 minutes.''')
@sealed()
type zonePlacement = {
  durability: 'zone'

  @description('A region with availability zones. An account gets them when a region is added.')
  region: string

  capacity: capacity
}

@description('''Three regions with strong consistency: no accepted request is lost with a region.
Writes wait for the farther regions, and pause until failover when the write region is lost.''')
@sealed()
type regionPlacement = {
  durability: 'region'

  @description('''Three regions with availability zones, less than 5,000 miles apart, in order of
failover: the first takes the writes. After a failover put the new write region first, before
the next deployment.''')
  regions: [string, string, string]

  @description('Those of the regions that run the function app, two or three.')
  @minLength(2)
  @maxLength(3)
  appRegions: string[]

  capacity: autoscale
}

@discriminator('mode')
type capacity = serverless | autoscale

@description('Pay for each request. For development: it lives in one region only.')
@sealed()
type serverless = {
  mode: 'serverless'
}

@description('Pay for the peak of each hour, at least for a tenth of the limit.')
@sealed()
type autoscale = {
  mode: 'autoscale'

  @description('Limit of the container items. One project uses 10 at most: a logical partition.')
  @minValue(1)
  @maxValue(1000)
  itemsThousandRuPerSecond: int
}

@export()
@description('''What stands in front of the HTTP API. The SDK is the main door; the API is for those
who cannot use it.''')
@discriminator('kind')
type httpApi = httpApiOff | httpApiBehindEntra

@description('The HTTP functions are disabled, and the site refuses every caller.')
@sealed()
type httpApiOff = {
  kind: 'off'
}

@description('Only the named applications get in, each with a token of Entra ID.')
@sealed()
type httpApiBehindEntra = {
  kind: 'entra'

  @description('''Client id of the app registration that stands for the API. It needs no secret: the
API only checks tokens.''')
  clientId: string

  @description('Client ids of the applications that may call.')
  @minLength(1)
  allowedClientIds: string[]
}

@export()
@description('Access to the data for an identity that exists already.')
@sealed()
type access = {
  role: 'submitter' | 'subscriber' | 'auditor'

  @description('Object id of a service principal, group or user in Entra ID.')
  principalId: string
}

@export()
@description('The regions of the account, in order of failover.')
func accountRegions(chosen placement) string[] =>
  chosen.durability == 'zone' ? [chosen.region] : different(chosen.regions)

@export()
@description('The regions that run the function app.')
func appRegions(chosen placement) string[] =>
  chosen.durability == 'zone'
    ? [chosen.region]
    : among(different(chosen.regions), different(chosen.appRegions))

func different(regions string[]) string[] => length(union(regions, [])) == length(regions) ? regions : fail('dataPlacement names a region twice.')

func among(all string[], regions string[]) string[] =>
  length(union(all, regions)) == length(all)
    ? regions
    : fail('dataPlacement.appRegions names a region that is not in dataPlacement.regions.')
