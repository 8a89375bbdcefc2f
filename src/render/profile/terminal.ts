/**
 * A profile in a terminal: one line per dose, with the part of it that arrived and the part that did not; then what omitting
 * steps would gain.
 */
import { noneDecides, type Profile } from '../../model/profile.ts';
import type { Screen } from '../../model/world.ts';
import { terminal } from '../escape.ts';
import { CODES, type Column, drawTable, type Paint, wrap } from '../terminal.ts';
import {
  change,
  countsText,
  type DoseRow,
  doseRows,
  doseText,
  meaning,
  seconds,
  shareText,
  slackText,
  titleOf,
} from './words.ts';

export function renderProfileTerminal(profile: Profile, screen: Screen): string {
  const width = Math.max(60, Math.min(screen.width, 160));
  const paint: Paint = (text, style) => (screen.color ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text);
  const blocks = [
    headBlock(profile, paint),
    dosesBlock(profile, width, paint),
    groupsBlock(profile, width),
    whatIfBlock(profile, width, paint),
    wrap(terminal(countsText(profile), 400), width)
      .map((line) => paint(line, 'dim'))
      .join('\n'),
    ...profile.warnings.slice(0, 5).map((warning) => wrap(`Warning: ${terminal(warning, 300)}`, width).join('\n')),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function headBlock({ scenario, variant, headline, nulls }: Profile, paint: Paint): string {
  const base = nulls.find(({ metric }) => metric === headline);
  const after = base === undefined ? 'was not measured' : `after ${seconds(base.meanUs)}`;
  return `${paint('PROFILE', 'bold')}  ${terminal(scenario, 60)}, ${terminal(variant, 40)}: ${terminal(headline, 48)} ${after}`;
}

function dosesBlock(profile: Profile, width: number, paint: Paint): string {
  const rows = doseRows(profile, profile.headline);
  if (rows.length === 0) return '';
  const effect = (show: (row: DoseRow, found: NonNullable<DoseRow['effect']>) => string) =>
    rows.map((row) => ({ text: row.effect === undefined ? '' : show(row, row.effect) }));
  const columns: Column[] = [
    { head: 'delayed', cells: rows.map(({ item }) => ({ text: terminal(titleOf(item.item), 36) })) },
    {
      head: 'length',
      right: true,
      cells: rows.map(({ item }) => ({ text: item.lengthUs === undefined ? '' : seconds(item.lengthUs) })),
    },
    { head: 'dose', cells: rows.map(({ dose }) => ({ text: doseText(dose) })) },
    {
      head: 'arrives',
      right: true,
      cells: effect((_, { shift, share }) => `${change(shift.estimate)} ${shareText(share, profile).padStart(6)}`),
    },
    { head: 'slack', right: true, cells: effect((_, found) => slackText(found)) },
  ];
  const used = columns.reduce(
    (sum, { head, cells }) => sum + 2 + Math.max(head.length, ...cells.map(({ text }) => text.length)),
    0,
  );
  const room = width - used;
  const means = rows.map((row) => ({
    text: terminal(meaning(row), 240),
    ...(row.effect !== undefined && !row.effect.agrees && { style: 'inconclusive' as const }),
  }));
  if (room >= ROOM_FOR_MEANING) return drawTable([...columns, { head: 'means', cells: means }], paint);
  const [head = '', ...lines] = drawTable(columns, paint).split('\n');
  const below = (index: number) =>
    wrap(means[index]?.text ?? '', width - 4).map((line) => `    ${paint(line, means[index]?.style ?? 'dim')}`);
  return [head, ...lines.flatMap((line, index) => [line, ...below(index)])].join('\n');
}

/** With less room, the words stand below their row. */
const ROOM_FOR_MEANING = 60;

function groupsBlock({ groups, headline }: Profile, width: number): string {
  return groups
    .flatMap((group) => {
      const { items, deliveredUs, gates, outcome, message } = group;
      const gate = gates.find(({ metric }) => metric === headline);
      const shown = items.map(titleOf).join(', ');
      const said =
        gate === undefined
          ? (message ?? outcome)
          : `${change(gate.shift.estimate)}${noneDecides(group, gate) ? ', so none of them decides' : ''}`;
      return wrap(
        terminal(`${items.length} at once (${seconds(deliveredUs)} together: ${shown}): ${said}`, 600),
        width,
      );
    })
    .join('\n');
}

function whatIfBlock({ whatIfs, headline }: Profile, width: number, paint: Paint): string {
  if (whatIfs.length === 0) return '';
  const columns: Column[] = [
    { head: 'what if', cells: whatIfs.map(({ label }) => ({ text: terminal(label, Math.max(30, width - 36)) })) },
    {
      head: 'brings',
      right: true,
      cells: whatIfs.map(({ gates }) => {
        const gate = gates.find(({ metric }) => metric === headline);
        return { text: gate === undefined ? '' : change(gate.shift.estimate) };
      }),
    },
    {
      head: '',
      cells: whatIfs.map(({ gates, outcome, message }) => {
        const gate = gates.find(({ metric }) => metric === headline);
        if (gate === undefined) return { text: terminal(`${outcome}: ${message ?? ''}`, 60), style: 'broken' as const };
        return { text: gate.beyondNoise ? 'every expectation held' : 'noise' };
      }),
    },
  ];
  return drawTable(columns, paint);
}
