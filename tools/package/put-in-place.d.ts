export interface PutInPlace {
  /** What comes at the end, in this order: it refers to the rest. */
  readonly last: readonly string[];
  /** Nothing of earlier builds stays. */
  readonly alone?: boolean;
  readonly nowMs?: number;
}
export function putInPlace(built: string, folder: string, options: PutInPlace): Promise<void>;
