/** The end of docs/verdict.md: the terms of the report, with the sentences that the report itself opens. */
import { GLOSSARY } from '../src/render/glossary.ts';
import { table } from './markdown.ts';

const HEADING = '\n## Terms\n';

export const withTerms = (page: string): string =>
  `${page.slice(0, page.indexOf(HEADING))}${HEADING}
This table is generated from the code by \`npm run docs\`.

${table(
  ['term', 'meaning'],
  Object.values(GLOSSARY).map(({ name, means }) => [name, means]),
)}
`;
