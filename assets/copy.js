// Shows the buttons that copy a feed's address, and lets them do it. Without this the address can be selected by hand.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const status = document.getElementById("copied");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const address = source.textContent;
    try {
      // Only there on https and on this machine.
      await navigator.clipboard.writeText(address);
      status.textContent = status.dataset.done;
    } catch {
      getSelection().selectAllChildren(source);
      status.textContent = status.dataset.press;
    }
  });
}
