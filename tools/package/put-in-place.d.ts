export interface PutInPlace {
  /** The last files, in this order: they refer to the rest. */
  readonly last: readonly string[];
  /** Remove files of earlier builds. */
  readonly alone?: boolean;
  readonly nowMs?: number;
}
export function putInPlace(built: string, folder: string, options: PutInPlace): Promise<void>;
