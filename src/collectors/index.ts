/** All collectors of a scenario, in the order in which they query a machine. */
import type { Collector, Sign } from '../model/collector.ts';
import type { Scenario } from '../model/scenario.ts';
import { aks } from './aks.ts';
import { cloudInit } from './cloud-init.ts';
import { containerd } from './containerd.ts';
import { files } from './files.ts';
import { guestAgent } from './guest-agent.ts';
import { journal } from './journal.ts';
import { kubelet } from './kubelet.ts';
import { logText } from './log-text.ts';
import { machine } from './machine.ts';
import { nodeController } from './node-controller.ts';
import { systemd, systemdAnalyze } from './systemd.ts';
import { systemdPlot } from './systemd-plot.ts';
import { systemdText } from './systemd-text.ts';
import { tlsBootstrap } from './tls-bootstrap.ts';
import { unitLinks } from './unit-links.ts';

/**
 * The first collector that reports an event wins; the record keeps the others' stamps as well. So the order is: the manager's
 * exact stamps, the journal, then printed texts.
 */
export function collectorsFor(scenario: Pick<Scenario, 'markers' | 'expect'>): readonly Collector[] {
  const units = new Set(scenario.expect.flatMap(({ unit }) => unit ?? []));
  const paths = new Set(scenario.expect.flatMap(({ file }) => file ?? []));
  return [
    systemd([...units]),
    journal(scenario.markers),
    systemdPlot,
    kubelet,
    containerd,
    tlsBootstrap,
    aks,
    nodeController,
    guestAgent,
    cloudInit,
    logText,
    systemdText,
    machine,
    files([...paths]),
    ...(scenario.expect.some(({ inImage }) => inImage !== undefined) ? [unitLinks] : []),
    systemdAnalyze,
  ];
}

/** For queries that need no scenario. */
const NO_SCENARIO = { markers: {}, expect: [] };

/** The signs of all collectors, which recognise artifacts; the first match wins. */
export const SIGNS: readonly Sign[] = [...collectorsFor(NO_SCENARIO), unitLinks].flatMap(({ signs = [] }) => signs);

/** Whether this file states stamps on the guest's monotonic clock. */
export const isMonotonic = (file: string): boolean =>
  collectorsFor(NO_SCENARIO).some(({ monotonic }) => monotonic?.test(file) === true);
