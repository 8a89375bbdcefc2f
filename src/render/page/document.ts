/** The frame of a page: one file with its policy, style sheet and script inside. It makes no request. */
import { type Html, html } from '../escape.ts';
/*
 * The page is complete without the script, which adds: sorting (table[data-sortable]), filters (form.controls), tips
 * (data-tip), highlighting of the same boot in every drawing, and links that open closed parts. The policy allows its exact
 * text, by hash.
 */
import pageScript from './page.browser.js';
/* Light and dark by the reader's preference, paper, and down to 360 px. Fetches no fonts. */
import pageStyles from './page.css';
import { policyFor } from './policy.ts';

export interface Page {
  readonly title: string;
  readonly description: string;
  readonly body: Html;
  /** Added to the style sheet that all pages share. */
  readonly styles?: string;
}

export async function documentOf({ title, description, body, styles = '' }: Page): Promise<string> {
  const style = `\n${pageStyles}${styles === '' ? '' : `\n${styles}`}`;
  const policy = await policyFor(style, pageScript);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
${
  html`<title>${title}</title>
<meta name="description" content="${description}">
<link rel="icon" href="data:,">`.markup
}
<style>${style}</style>
</head>
<body>
${body.markup}
<script>${pageScript}</script>
</body>
</html>
`;
}
