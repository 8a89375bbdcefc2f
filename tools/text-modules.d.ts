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
/** Completion of the command line, in the languages of three shells. */
declare module '*.bash' {
  const text: string;
  export default text;
}
declare module '*.zsh' {
  const text: string;
  export default text;
}
declare module '*.fish' {
  const text: string;
  export default text;
}
/** A page of docs/, which `bench help` shows. */
declare module '*.md' {
  const text: string;
  export default text;
}
