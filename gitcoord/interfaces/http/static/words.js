// Times and numbers as people read them.

export const clock = (time) =>
  new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });

/** How long ago: `now`, `5 min`, `3 h`, `2 d`. */
export function ago(time, now) {
  const seconds = Math.max(0, (now - new Date(time)) / 1000);
  if (seconds < 60) return "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

export const few = (words, most = 3) =>
  words.slice(0, most).join(", ") + (words.length > most ? ` and ${words.length - most} more` : "");
