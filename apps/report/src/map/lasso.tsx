import { useState } from 'preact/hooks';

type Point = [x: number, y: number];

/** Takes the pointer over the map, and tells what was drawn around, in pixels from the upper left corner. */
export function Lasso({ onDone }: { readonly onDone: (polygon: readonly Point[]) => void }) {
  const [points, setPoints] = useState<readonly Point[]>([]);
  const pointOf = (event: PointerEvent): Point => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  return (
    <svg
      class="lasso"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setPoints([pointOf(event)]);
      }}
      onPointerMove={(event) => points.length > 0 && setPoints([...points, pointOf(event)])}
      onPointerUp={() => {
        if (points.length > 2) onDone(points);
        setPoints([]);
      }}
    >
      <polygon points={points.map((point) => point.join(',')).join(' ')} />
    </svg>
  );
}
