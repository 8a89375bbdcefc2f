/** Runs the documents' command blocks that call Azure, against the test endpoint. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogue, GALLERY, size } from '../azure/catalogue.ts';
import { type Laboratory, laboratory } from '../azure/laboratory.ts';
import { allBlocks, pattern, shown } from './blocks.ts';

let lab: Laboratory;
beforeAll(async () => {
  lab = await laboratory({ catalogue: catalogue({ skus: [size('Standard_D4ds_v5')] }) });
});
afterAll(() => lab.close());

async function typed(command: string): Promise<string> {
  const { environment } = lab.context();
  const { stdout } = await promisify(execFile)(
    'bash',
    ['-c', `set -o pipefail; bench() { ${process.execPath} ${path.resolve('dist/bench.js')} "$@"; }; ${command}`],
    {
      cwd: lab.folder,
      env: {
        PATH: process.env.PATH,
        HOME: lab.folder,
        ...environment,
        BENCH_BEFORE_IMAGE: `${GALLERY}/versions/1.1.9`,
        BENCH_AFTER_IMAGE: `${GALLERY}/versions/1.1.10`,
      },
    },
  );
  return shown(stdout);
}

const blocks = allBlocks().filter(({ runs }) => runs === 'azure');

test.each(blocks.map((block) => [`${block.file}:${block.line}`, block] as const))(
  '%s prints what it says',
  async (_, { commands }) => {
    for (const { text, printed } of commands) {
      const output = await typed(text);
      if (!pattern(printed).test(output)) expect(output).toBe(printed);
    }
  },
);
