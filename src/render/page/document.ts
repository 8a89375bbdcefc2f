/** The frame of a page: one file that asks nobody for anything, with its policy, style sheet and script in it. */
import { type Html, html } from '../escape.ts';
import { policyFor } from './policy.ts';
import { PAGE_SCRIPT } from './script.ts';
import { PAGE_STYLES } from './styles.ts';

export interface Page {
  readonly title: string;
  readonly description: string;
  readonly body: Html;
  /** Added to the style sheet that all pages share. */
  readonly styles?: string;
}

export async function documentOf({ title, description, body, styles = '' }: Page): Promise<string> {
  const style = PAGE_STYLES + styles;
  const policy = await policyFor(style, PAGE_SCRIPT);
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
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}
