/** Stands in for a provider in scenarios of boots that others gathered. It cannot boot anything. */
import * as z from 'zod';
import { usageError } from '../model/errors.ts';
import type { ProviderKind } from '../model/provider-kind.ts';
import { checkVariants, importedKeys } from '../model/scenario.ts';

export const ImportedScenario = z
  .strictObject(importedKeys(z.strictObject({ kind: z.literal('import') })))
  .superRefine(checkVariants);
type ImportedScenario = z.output<typeof ImportedScenario>;

const cannot = { can: false, why: 'boots nothing', todo: 'Choose a scenario of another provider.' } as const;

export const imported: ProviderKind<ImportedScenario> = {
  kind: 'import',
  schema: ImportedScenario,
  capabilities: { boots: { first: cannot, reboot: cannot }, keeps: cannot, readiness: 'told', billed: false },
  estimate: () => ({ machinesAtATime: 1, secondsPerBoot: 0 }),
  open: () => Promise.reject(usageError('This version of bench cannot run scenarios with this provider.')),
  imageOf: () => ({}),
};
