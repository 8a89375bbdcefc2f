/** Files of other languages that the build puts into the program as text (`tools/text-files.js`). */
declare module '*.sh' {
  const text: string;
  export default text;
}
declare module '*.pl' {
  const text: string;
  export default text;
}
declare module '*.css' {
  const text: string;
  export default text;
}
/** A script that runs in the reader's browser, not in Node. */
declare module '*.browser.js' {
  const text: string;
  export default text;
}
/** A scenario to start from. */
declare module '*.yaml' {
  const text: string;
  export default text;
}
