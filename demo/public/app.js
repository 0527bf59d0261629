// Sends a button's requests at the same time and shows what each of them counted.
for (const button of document.querySelectorAll("[data-parallel]")) {
  button.addEventListener("click", async () => {
    const output = button.parentElement.querySelector("output");
    output.textContent = "…";
    const requests = Array.from({ length: Number(button.dataset.times) }, async () => {
      const page = await (await fetch(button.dataset.parallel)).text();
      return /data-counter="(\d+)"/.exec(page)?.[1] ?? "failed";
    });
    output.textContent = (await Promise.all(requests)).sort((a, b) => a - b).join(", ");
  });
}
