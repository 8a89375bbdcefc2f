/** A provider for the tests, added as CONTRIBUTING describes: its schema, its capabilities, its machines. */
import * as z from 'zod';
import type { SshTarget } from '../../src/model/provider.ts';
import type { ProviderKind } from '../../src/model/provider-kind.ts';
import { checkVariants, scenarioKeys } from '../../src/model/scenario.ts';
import { ms } from '../../src/model/units.ts';

const PaperScenario = z
  .strictObject(scenarioKeys(z.strictObject({ kind: z.literal('paper'), weight: z.int() }), z.string()))
  .superRefine(checkVariants);
type PaperScenario = z.output<typeof PaperScenario>;

/** Machines answer at `targetOf`; `asked` records every request to the provider. */
export const paper = (
  targetOf: (boot: string) => SshTarget,
  asked: string[],
  closing: () => void = () => {},
): ProviderKind<PaperScenario> => ({
  kind: 'paper',
  schema: PaperScenario,
  capabilities: {
    boots: { first: { can: true }, reboot: { can: false, why: 'burns after reading.', todo: 'Set boot: first.' } },
    keeps: { can: false, why: 'burns after reading.', todo: 'Omit the option.' },
    readiness: 'told',
    billed: false,
  },
  estimate: () => ({ machinesAtATime: 4, secondsPerBoot: 1 }),
  imageOf: (text) => text,
  async open({ provider: { weight }, variants }) {
    asked.push(`open ${weight} g: ${Object.values(variants).map(({ image }) => image)}`);
    return {
      facts: { provider: 'paper', weight },
      async boot({ boot }) {
        asked.push(boot.id);
        return {
          facts: {},
          marks: [],
          zeroMs: ms(0),
          ssh: targetOf(boot.id),
          console: async () => '',
          destroy: async () => {},
        };
      },
      async close() {
        asked.push('close');
        closing();
      },
    };
  },
});
