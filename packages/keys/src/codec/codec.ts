/** How values of an application become bytes, and bytes become values. */
export interface Codec<In, Out = In> {
  /** The bytes of a value; fails with `InvalidArgument` for one that is not of its type. */
  encode(value: In): Uint8Array;
  /** The value of bytes; fails with `InvalidArgument` if they are not what {@link encode} makes. */
  decode(bytes: Uint8Array): Out;
}
