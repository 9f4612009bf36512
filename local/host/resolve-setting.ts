/** App settings by name, as in `local.settings.json` or the environment. */
export type AppSettings = Readonly<Record<string, string | undefined>>;

/**
 * Replaces each `%NAME%` in an option of a binding by the app setting of that name.
 *
 * errors  throws if a setting is missing, naming it
 */
export const resolveSettings = (text: string, settings: AppSettings, where: string): string =>
  text.replace(/%([^%]+)%/g, (_whole, name: string) => {
    const value = settings[name];
    if (value) return value;
    throw new Error(`${where} uses %${name}%, but the app setting ${name} is not set; set it`);
  });

/**
 * Picks the app settings of a binding's `connection` and gives them the names that the client reads.
 *
 * shape   connection "X": `X`, else `X__accountEndpoint` with `X__clientId`; nothing set stays nothing
 */
export const connectionSettings = (connection: string, settings: AppSettings): AppSettings => {
  const value = (suffix: string) => settings[`${connection}${suffix}`];
  return value("")
    ? { COSMOS: value("") }
    : {
        COSMOS__accountEndpoint: value("__accountEndpoint"),
        COSMOS__clientId: value("__clientId"),
      };
};
