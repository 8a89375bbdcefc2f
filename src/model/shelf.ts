/**
 * A remote place that keeps texts, such as a blob store: no more than a history needs. Each state of a text has a version (an
 * ETag). A writer appends only if no other client has appended since it read the text.
 */
export interface Shelf {
  /** For messages. */
  readonly address: string;
  list(signal: AbortSignal): Promise<readonly string[]>;
  /** From a byte on; empty if there is no such text. */
  read(name: string, fromByte: number, signal: AbortSignal): Promise<string>;
  /** Undefined if there is no such text. */
  end(name: string, signal: AbortSignal): Promise<TextEnd | undefined>;
  /** Adds a text whole or not at all. False: the text no longer ends at `end`, and nothing changed. */
  append(name: string, text: string, end: TextEnd | undefined, signal: AbortSignal): Promise<boolean>;
}

export interface TextEnd {
  readonly version: string;
  readonly sizeBytes: number;
}
