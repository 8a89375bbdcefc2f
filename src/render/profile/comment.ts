/** A profile as a pull-request comment: the three largest opportunities, and their obstacles. Never a verdict. */
import type { Profile } from '../../model/profile.ts';
import { commentMarker } from '../comment.ts';
import { markdown, markdownCode } from '../escape.ts';
import { countsText, doseRows, meaning, seconds, shareText, shiftText, titleOf } from './words.ts';

const OPPORTUNITIES = 3;
const ITEMS = 5;

/** A separate marker: a profile's comment stands beside that of the comparison. */
export const profileMarker = ({ scenario, variant }: Profile): string =>
  commentMarker([`profile-${scenario}-${variant}`]);

export function renderProfileComment(profile: Profile): string {
  const { scenario, variant, headline, opportunities } = profile;
  const top = opportunities.slice(0, OPPORTUNITIES);
  const found =
    top.length === 0
      ? ['Nothing tried makes it faster.']
      : top.map(({ label, shift }, index) => `${index + 1}. ${markdown(label, 160)}: **${shiftText(shift)}**`);
  const rows = doseRows(profile, headline)
    .flatMap((row) => (row.effect === undefined ? [] : [{ row, share: shareText(row.effect.share, profile) }]))
    .slice(0, ITEMS)
    .map(
      ({ row, share }) =>
        `| ${markdownCode(titleOf(row.item.item))} | ${seconds(row.dose.deliveredUs)} | ${share} | ${markdown(meaning(row), 200)} |`,
    );
  const table = rows.length === 0 ? [] : ['', '| delayed | by | arrives | means |', '|---|---:|---:|---|', ...rows];
  return [
    profileMarker(profile),
    `**Boot profile of ${markdown(scenario, 60)}, ${markdown(variant, 40)}** at ${markdownCode(headline)}: the largest opportunities, each measured by booting it`,
    '',
    ...found,
    ...table,
    '',
    markdown(countsText(profile), 400),
    '',
  ].join('\n');
}
