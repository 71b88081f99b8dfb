import type { ComponentChildren } from 'preact';

/** What may be wider or longer than its place, and is then scrolled, by the keyboard too. */
export function Scroll({ children }: { readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has only a keyboard scrolls what has the focus.
    <div class="scroll" tabIndex={0}>
      {children}
    </div>
  );
}
