import { describe, expect, it } from 'vitest';
import { nodeController } from '../../src/collectors/node-controller.ts';
import { rawOf, utc } from './raw.ts';
import { simulatedJournal } from './simulated-journal.ts';

const S = 1_000_000;
const parse = (texts: Record<string, string>) => nodeController.parse(rawOf(texts));
const seen = (texts: Record<string, string>) => Object.fromEntries(parse(texts).events.map(({ id, us }) => [id, us]));
const slog = (time: string, msg: string, more: object = {}) => JSON.stringify({ time, level: 'INFO', msg, ...more });

describe('a boothook', () => {
  const line = (atS: number, message: string, source = 'aks-boothook') => ({
    monotonicUs: atS * S,
    unit: 'cloud-init.service',
    source,
    message,
  });

  it('starts, and launches the controller, when journald received its lines', () => {
    const journal = simulatedJournal([
      line(6, 'boothook start 2026-08-01T07:13:42,000000000+00:00'),
      line(7, 'launching aks-node-controller 2026-08-01T07:13:43,000000000+00:00'),
      line(9, 'launching aks-node-controller 2026-08-01T07:13:45,000000000+00:00', 'somebody'),
    ]);
    expect(seen({ 'journal/boot.jsonl': journal })).toEqual({ 'boothook.start': 6 * S, 'controller.launch': 7 * S });
  });

  it("has its own stamp in a system log, which is finer than the line's", () => {
    const syslog = [
      'Aug  1 07:13:42 aks-node aks-boothook: boothook start 2026-08-01T07:13:42,412345678+00:00',
      'Aug  1 07:13:43 aks-node aks-boothook[812]: launching aks-node-controller 2026-08-01T09:13:43,512345678+02:00',
    ].join('\n');
    expect(seen({ 'journal/syslog.txt': syslog })).toEqual({
      'boothook.start': utc('2026-08-01 07:13:42.412345'),
      'controller.launch': utc('2026-08-01 07:13:43.512345'),
    });
  });
});

describe('the log of the node controller', () => {
  const LOG = [
    slog('2026-08-01T07:13:44.409811123Z', 'aks-node-controller started', { task: 'Provision' }),
    slog('2026-08-01T07:13:50.220144Z', 'aks-node-controller started', { task: 'ProvisionWait' }),
    slog('2026-08-01T07:13:55.900512Z', 'aks-node-controller finished successfully.'),
    slog('2026-08-01T07:13:55.900733Z', 'provision-wait finished', { provisionOutput: '{"ExitCode": "0"}' }),
  ];

  it('shows when it started and finished provisioning', () => {
    expect(seen({ 'aks/aks-node-controller.log': LOG.join('\n') })).toEqual({
      'controller.start': utc('2026-08-01 07:13:44.409811'),
      'controller.end': utc('2026-08-01 07:13:55.900512'),
    });
  });

  it('of several boots gives the last boot', () => {
    const first = slog('2026-07-01T07:00:00Z', 'aks-node-controller started', { task: 'Provision' });
    expect(seen({ 'aks/aks-node-controller.log': [first, ...LOG].join('\n') })['controller.start']).toBe(
      utc('2026-08-01 07:13:44.409811'),
    );
  });

  it('that reports a failure causes a warning with the reason', () => {
    const failed = slog('2026-08-01T07:13:46Z', 'aks-node-controller failed', { error: 'exit status 50' });
    const { warnings } = parse({ 'aks/aks-node-controller.log': [LOG[0], failed].join('\n') });
    expect(warnings).toMatchObject([{ code: 'controller-failed', evidence: { line: 2 } }]);
    expect(warnings[0]?.message).toContain('exit status 50');
  });

  it('without a start causes a warning', () => {
    expect(parse({ 'aks/aks-node-controller.log': 'Launching aks-node-controller\n' })).toMatchObject({
      events: [],
      warnings: [{ code: 'controller-log' }],
    });
  });
});

describe('the log of the early boothook', () => {
  it('shows how long the boothook waited for the configuration, and why none came', () => {
    const { printed, warnings } = parse({
      'aks/aks-early-boothook.log': '[  0.412s] goal state fetched\n[ 60.001s] ERROR: no settings published\n',
    });
    expect(printed).toMatchObject([{ tool: 'boothook', name: 'configuration', us: 60_001_000, evidence: { line: 2 } }]);
    expect(warnings).toMatchObject([{ code: 'boothook-failed', evidence: { line: 2 } }]);
  });
});
