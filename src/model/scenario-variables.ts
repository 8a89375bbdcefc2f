/**
 * `${env:NAME}` and `${env:NAME:-default}` in a scenario: their form and where they may stand. The loader and the editor schema
 * both use this.
 */

/** The regular expression for JavaScript and JSON Schema: the name, and the default after `:-`. */
export const VARIABLE = '\\$\\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\\}';

const PROVIDER_KEYS = [
  ...['location', 'subscription', 'credentials', 'cloud', 'reach', 'subnet', 'identities', 'images', 'keyFile'],
  ...['customData', 'userData', 'backendPools'],
];

/** Any one key. */
export const ANY = '*';

/**
 * Keys whose values come from outside: which image, how to make a node, with which rights, where, by which files. For any other
 * key a scenario has to list the variable under `environment:`, since bench shows those values.
 */
export const OUTSIDE: readonly (readonly string[])[] = [
  ['variants', ANY, 'image'],
  ['variants', ANY, 'bootstrap'],
  ['reference'],
  ['bootstrap'],
  ...PROVIDER_KEYS.map((key) => ['provider', key]),
  ['provider', 'group', 'name'],
];

/** Whether the value at `path` is one of those, or below one. */
export const comesFromOutside = (path: readonly (string | number)[]): boolean =>
  OUTSIDE.some((place) => place.every((key, index) => path.length > index && (key === ANY || key === path[index])));
