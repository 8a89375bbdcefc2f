/** Options that several commands take, in the same words. */
import { option, wholeNumber } from '../command.ts';

export const OUT = option('--out <folder>', 'where runs are kept', { default: { value: 'reports/runs' } });
export const SCENARIO = '--scenario <name>';
export const NAMED_SCENARIO = 'scenario: a name, or the path of a YAML file';
export const BOOTS = option('--boots <n>', 'boots per variant, one in each block', wholeNumber);
export const PRECISION = option(
  '--precision <share>',
  'check several times and stop early; the change to find, e.g. 5%',
);
export const DESIGN_SEED = option(
  '--seed <n>',
  'seed of everything random (default: from the time; 1 in virtual time, so that cached boots can be used)',
  wholeNumber,
);
export const KEEP_SECRETS = option(
  '--keep-secrets',
  'store tokens in artifacts as they are; without it they become ***',
);
export const REQUIRE_VERDICT = option('--require-verdict', 'exit with 4 when the result is inconclusive');
export const OPEN = option('--open', 'open it in the browser');
