/**
 * Turns a LIKE pattern into a regular expression: `%` any text, `_` one character, `[a-f]`, `[^a-f]`.
 *
 * source  https://learn.microsoft.com/cosmos-db/query/keywords (LIKE)
 */
export const likePattern = (pattern: string, escapeCharacter: string | undefined): RegExp => {
  let expression = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === escapeCharacter && at + 1 < pattern.length) {
      at += 1;
      expression += quoted(pattern.charAt(at));
    } else if (character === "%") {
      expression += ".*";
    } else if (character === "_") {
      expression += ".";
    } else if (character === "[" && pattern.indexOf("]", at) > at + 1) {
      const end = pattern.indexOf("]", at);
      expression += `[${pattern.slice(at + 1, end).replaceAll(/[\\[]/g, "\\$&")}]`;
      at = end;
    } else {
      expression += quoted(character);
    }
  }
  return new RegExp(`^${expression}$`, "su");
};

const quoted = (character: string): string => character.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
