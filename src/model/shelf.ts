/**
 * A place elsewhere that keeps texts, gives each state of one a version (an ETag), and adds to one only if no other client has since
 * it was looked at. What a history needs of a blob store, and no more.
 */
export interface Shelf {
  /** For messages. */
  readonly address: string;
  list(signal: AbortSignal): Promise<readonly string[]>;
  /** From a byte on; empty where there is no such text. */
  read(name: string, fromByte: number, signal: AbortSignal): Promise<string>;
  /** Undefined where there is no such text. */
  end(name: string, signal: AbortSignal): Promise<TextEnd | undefined>;
  /** Adds a text whole or not at all. False: it is no longer as `end` says, and nothing was added. */
  append(name: string, text: string, end: TextEnd | undefined, signal: AbortSignal): Promise<boolean>;
}

export interface TextEnd {
  readonly version: string;
  readonly sizeBytes: number;
}
