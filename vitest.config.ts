import { defineConfig } from 'vitest/config';
import { DefaultReporter } from 'vitest/node';
import { ClosingLine } from './tools/closing-line.ts';
import { textFilesInTests } from './tools/text-files.js';

// `unit` needs nothing but Node, and seconds of it; `real` runs sshd, a browser, git, containers, or the processor for long; `vm` boots
// virtual machines. One after the other.
export default defineConfig({
  plugins: [textFilesInTests],
  define: { BENCH_VERSION: '"0.0.0-tests"' },
  test: {
    reporters: [new DefaultReporter(), new ClosingLine()],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{real,vm,long}.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // One set of modules in each process: loading them anew for every file took 23 of 58 s of CPU.
          isolate: false,
          // More than there are cores: many tests wait for a service on loopback. Each worker loads the modules for itself.
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/**/*.real.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // They wait more than they work.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'vm',
          include: ['test/**/*.vm.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // Virtual machines under emulation take a core each: one file at a time.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      // Tens of boots of real machines, for one who changes what they test: `npm run test:long`.
      {
        extends: true,
        test: {
          name: 'long',
          include: ['test/**/*.long.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
