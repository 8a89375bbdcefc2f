/**
 * `${env:NAME}` and `${env:NAME:-default}` in a scenario: how they are written and where they may stand. The loader and the schema
 * for editors are both made of this.
 */

/** As a regular expression of JavaScript and of JSON Schema. The name, and the default behind `:-`. */
export const VARIABLE = '\\$\\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\\}';

const PROVIDER_KEYS = [
  ...['location', 'subscription', 'credentials', 'cloud', 'reach', 'subnet', 'identities', 'images', 'keyFile'],
  ...['customData', 'userData', 'backendPools'],
];

/** Any one key. */
export const ANY = '*';

/**
 * Where values come from outside: which image, how a node is made, with which rights, where, by which files. Elsewhere a scenario
 * has to list the variable under `environment:`, since what stands there is shown.
 */
export const OUTSIDE: readonly (readonly string[])[] = [
  ['variants', ANY, 'image'],
  ['variants', ANY, 'bootstrap'],
  ['reference'],
  ['bootstrap'],
  ...PROVIDER_KEYS.map((key) => ['provider', key]),
  ['provider', 'group', 'name'],
];

/** Of a value there, or of one below it. */
export const comesFromOutside = (path: readonly (string | number)[]): boolean =>
  OUTSIDE.some((place) => place.every((key, index) => path.length > index && (key === ANY || key === path[index])));
