import icon from './icon.svg?url';

/** The name and its sign. */
export function Brand() {
  return (
    <>
      <img src={icon} alt="" width={22} height={22} />
      Ordermirror
    </>
  );
}
