import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { exitCodeMeaning } from '../../src/collectors/aks/exit-code.ts';
import { EXIT_CODE_NAMES } from '../../src/collectors/aks/exit-codes.ts';
import { exitCodesIn, TABLE_FILE, tableText } from '../../tools/exit-codes.ts';

const SHAPES = `#!/bin/bash
# ERR_OLD_ONE=3 no longer returned -- DEPRECATED
ERR_FIRST=4 # words that are not taken
readonly ERR_QUOTED="99"
    ERR_INDENTED=124

# 121, 122, 123 are free for use
ERR_AGAIN=4
ERR_NOT_A_CODE=1234
if [ "$X" = "ERR_FIRST" ]; then return $ERR_FIRST; fi
`;

describe('the table of exit codes', () => {
  test('has names and numbers, also old ones, and each number once', () => {
    expect([...exitCodesIn([SHAPES])]).toEqual([
      [3, 'OLD_ONE'],
      [4, 'FIRST'],
      [99, 'QUOTED'],
      [124, 'INDENTED'],
    ]);
  });

  test('accepts further files for numbers that the first does not assign', () => {
    expect([...exitCodesIn([SHAPES, 'ERR_OTHER=4\nERR_ELSEWHERE=7\n'])].slice(1, 3)).toEqual([
      [4, 'FIRST'],
      [7, 'ELSEWHERE'],
    ]);
  });

  test('matches the output of its generator', () => {
    const codes = new Map(Object.entries(EXIT_CODE_NAMES).map(([code, name]) => [Number(code), name]));
    expect(readFileSync(TABLE_FILE, 'utf8')).toBe(tableText(codes));
    expect(codes.size).toBeGreaterThan(120);
  });

  test.each([
    [0, 'success'],
    [50, 'no outbound connection (ERR_OUTBOUND_CONN_FAIL)'],
    [41, 'downloading the network plugin timed out (ERR_CNI_DOWNLOAD_TIMEOUT)'],
    [211, 'no token for pulling artifacts from the registry (ERR_ORAS_PULL_NETWORK_TIMEOUT)'],
    [240, 'the node controller failed (ERR_AKS_NODE_CONTROLLER_ERROR)'],
    [216, 'ERR_LOCALDNS_FAIL'],
    [124, 'provisioning timed out'],
    [199, 'unknown meaning'],
  ])('exit code %i means: %s', (code, meaning) => {
    expect(exitCodeMeaning(code)).toBe(meaning);
  });
});
