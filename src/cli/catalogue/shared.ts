/** Options that several commands share, in the same words. */
import { option, wholeNumber } from '../command.ts';

export const OUT = option('--out <folder>', 'folder for runs', { default: { value: 'reports/runs' } });
export const SCENARIO = '--scenario <name>';
export const NAMED_SCENARIO = 'scenario: a name, or the path of a YAML file';
export const BOOTS = option('--boots <n>', 'boots per variant, one in each block', wholeNumber);
export const PRECISION = option(
  '--precision <share>',
  'check several times and stop early; give the smallest change to detect, e.g. 5%',
);
export const DESIGN_SEED = option(
  '--seed <n>',
  'random seed (default: from the time; 1 in virtual time, so that cached boots can be used)',
  wholeNumber,
);
export const KEEP_SECRETS = option('--keep-secrets', 'store tokens in artifacts unmasked (default: ***)');
export const REQUIRE_VERDICT = option('--require-verdict', 'exit with 4 if the result is inconclusive');
export const OPEN = option('--open', 'open it in the browser');
