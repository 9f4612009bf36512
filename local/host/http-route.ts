/** A route of an HTTP function, ready to be matched. */
export type HttpRoute = {
  readonly methods: readonly string[];
  readonly parts: readonly RoutePart[];
};

type RoutePart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string; readonly isOptional: boolean }
  | { readonly kind: "rest"; readonly name: string };

/**
 * Parses a route template such as `projects/{projectId}/requests/{id?}` or `files/{*path}`.
 *
 * errors  throws for what is not supported: constraints (`{id:int}`), defaults, and parameters beside
 *         text in one part
 */
export const parseRoute = (template: string, methods: readonly string[]): HttpRoute => ({
  methods: methods.map((method) => method.toUpperCase()),
  parts: template
    .split("/")
    .filter(Boolean)
    .map((part) => parsePart(part, template)),
});

/**
 * Matches a path, split into still encoded parts, against a route.
 *
 * shape   the decoded parameters, or undefined if the path is another one
 */
export const matchRoute = (
  { parts }: HttpRoute,
  path: readonly string[],
): Readonly<Record<string, string>> | undefined => {
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const given = path[index];
    if (part.kind === "rest") {
      params[part.name] = path.slice(index).map(decodePart).join("/");
      return params;
    }
    if (part.kind === "literal") {
      if (given === undefined || !isSameText(decodePart(given), part.text)) return undefined;
    } else if (given !== undefined) params[part.name] = decodePart(given);
    else if (!part.isOptional) return undefined;
  }
  return path.length > parts.length ? undefined : params;
};

const parsePart = (part: string, template: string): RoutePart => {
  if (!/[{}]/.test(part)) return { kind: "literal", text: part };
  const found = /^\{(\*?)([A-Za-z_]\w*)(\??)\}$/.exec(part);
  const name = found?.[2];
  if (!found || !name) {
    throw new Error(
      `The route "${template}" has the part "${part}"; the local host knows {name}, {name?} and {*name}`,
    );
  }
  if (found[1]) return { kind: "rest", name };
  return { kind: "parameter", name, isOptional: found[3] === "?" };
};

// ASP.NET Core routing, which serves these routes in Azure, ignores case in literal parts.
const isSameText = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase();

const decodePart = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};
