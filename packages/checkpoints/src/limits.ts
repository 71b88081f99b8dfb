/** What a checkpoint may cost before it is refused. All are bytes. */
export interface CheckpointLimits {
  /** Of what describes the tensors: the pickle, the JSON header, the directory of the zip. Default 16 MiB. */
  readonly headerBytes: number;
  /** Of one tensor, and of the part of the file that it is gathered from. Default 2 GiB. */
  readonly tensorBytes: number;
  /**
   * How much all tensors together may have beyond eight times the size of the file. Views share what is stored, and an expanded one
   * (stride 0) can claim any size. Default 64 MiB.
   */
  readonly expandedBytes: number;
}

const DEFAULTS: CheckpointLimits = { headerBytes: 2 ** 24, tensorBytes: 2 ** 31, expandedBytes: 2 ** 26 };

/** The limits, with the defaults where none is given. */
export function limitsOf(limits: Partial<CheckpointLimits> = {}): CheckpointLimits {
  return { ...DEFAULTS, ...limits };
}
