import { CopyButton } from './copy-button.js';

/** Long text such as JSON, which scrolls in its frame, with a button that copies it. @param name what is copied: "the payload" */
export function TextBlock({ text, name }: { readonly text: string; readonly name: string }) {
  return (
    <div className="payload-frame">
      <CopyButton text={text} name={name} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: makes it scrollable with the keyboard */}
      <pre className="payload" tabIndex={0}>
        {text}
      </pre>
    </div>
  );
}
