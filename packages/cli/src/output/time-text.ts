/** A time for people, where they are: `2026-01-02 10:05`. */
export function timeText(timeMs: number): string {
  const date = new Date(timeMs);
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
