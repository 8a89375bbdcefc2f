/** The sentences in a file, each kind of file in its own way: `{line, text}`, without the code around them. */

const lineAt = (text, index) => text.slice(0, index).split('\n').length;

/** Paragraphs and items of lists: no code, no tables, no headings. */
export function prose(text) {
  const said = [];
  const plain = text.replaceAll(/^```[\s\S]*?^```$|^(\||#|<!--).*$/gm, (part) => part.replaceAll(/[^\n]/g, ''));
  for (const { 0: block, index } of plain.matchAll(/^.+\n?(?:^(?!- |\d\. ).+\n?)*/gm))
    said.push({
      line: lineAt(plain, index),
      text: block
        .replaceAll(/\]\([^)]*\)/g, ']')
        .replaceAll(/[`*[\]]/g, '')
        .replaceAll('\n', ' '),
    });
  return said;
}

/** Literals of three words and more. */
export function strings(text) {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replaceAll(/[^\n]/g, ''));
  return [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
    .map(({ 1: a, 2: b, 3: c, index }) => ({
      line: lineAt(code, index),
      text: (a ?? b ?? c ?? '').replaceAll(/\$\{[^}]*\}/g, 'x'),
    }))
    .filter((said) => /[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}/.test(said.text) && !/[{};=<>]|\\n/.test(said.text));
}

/** Comments of YAML and shell. */
export function hashComments(text) {
  return runsOf(text, /(?:^|\s)#(?!!|:| ?shellcheck)\s?([^#]*)$/);
}

/** Comments of TypeScript, JavaScript and CSS: a block is one text, and so are lines that follow each other. */
export function codeComments(text) {
  const blocks = [...text.matchAll(/\/\*\*?([\s\S]*?)\*\//g)].map(({ 1: body = '', index }) => ({
    line: lineAt(text, index),
    text: body.replaceAll(/^\s*\* {4,}.*$/gm, '.').replaceAll(/\n\s*\*? ?/g, ' '),
  }));
  const lines = runsOf(
    text.replaceAll(/\/\*[\s\S]*?\*\//g, (block) => block.replaceAll(/[^\n]/g, '')),
    /(?:^|[\s;{])\/\/ (.*)$/,
  );
  return [...blocks, ...lines].filter((said) => !/^\s*biome-ignore/.test(said.text));
}

/** The first argument of `test`, `describe` and `it`. */
export function testNames(text) {
  const call =
    /\b(?:test|describe|it)(?:\.\w+)*(?:\((?:[^()]|\([^()]*\))*\))?\(\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`[^`]*`)/g;
  return [...text.matchAll(call)].map(({ 1: name = '', index }) => ({
    line: lineAt(text, index),
    text: name.slice(1, -1),
  }));
}

function runsOf(text, pattern) {
  const said = [];
  text.split('\n').forEach((source, index) => {
    const words = pattern.exec(source)?.[1]?.trim();
    if (!words) return;
    const last = said.at(-1);
    const goesOn = last?.end === index && /^\s*(?:#|\/\/)/.test(source);
    if (goesOn) Object.assign(last, { text: `${last.text} ${words}`, end: index + 1 });
    else said.push({ line: index + 1, text: words, end: index + 1 });
  });
  return said;
}

export const sentencesOf = (text) =>
  text
    .split(/(?<=[.!?])\s+(?=[A-Z"'`(])|;\s/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence.split(/\s+/).length > 2);
