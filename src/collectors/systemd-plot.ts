import type { Collector } from '../model/collector.ts';
import { nothingYet } from './parsed.ts';
import { PLOT_SIGNS } from './systemd-text/signs.ts';

export const systemdPlot: Collector = { id: 'systemd-plot', artifacts: [], signs: PLOT_SIGNS, parse: nothingYet };
