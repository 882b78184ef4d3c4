// Trade the token of the address for a cookie: the fragment is never sent, and does not stay in the address.

const wrong = document.getElementById("wrong");

async function trade(token) {
  const answer = await fetch("sign-in", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ token }), credentials: "same-origin",
  }).catch(() => null);
  if (answer?.ok) {
    location.replace("./");
    return;
  }
  wrong.textContent = answer ? "This is not the token of this repository." : "The server does not answer.";
  wrong.hidden = false;
}

const token = location.hash.slice(1);
if (token) {
  history.replaceState(null, "", location.pathname);
  trade(token);
}
document.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  trade(new FormData(event.target).get("token"));
});
