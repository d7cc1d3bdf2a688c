/**
 * Sends dropped files one by one, a line each. Markup and contract: `file_drop` in ui/forms.html. Each file is posted
 * alone to the form's address with `Accept: application/json`; the answer is {name, state, text, url?} (or an error
 * answer {message}). A file that could not be sent stays in the list with a sentence and can be sent again.
 */
function line(list, file, words) {
  const item = document.createElement("li");
  item.className = "file";
  const name = document.createElement("bdi");
  name.textContent = file.name;
  const holder = document.createElement("span");
  holder.className = "file__name";
  holder.append(name);
  const state = document.createElement("span");
  state.className = "status status--waiting";
  const text = document.createElement("span");
  text.className = "file__text";
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.value = 0;
  bar.ariaLabel = file.name;
  item.append(holder, state, bar, text);
  list.append(item);
  const say = (kind, words_) => {
    state.className = `status status--${kind}`;
    const dot = document.createElement("span");
    dot.className = "status__dot";
    state.replaceChildren(dot, words_);
  };
  say("waiting", words.waiting);
  return { bar, text, name, say };
}

/** XMLHttpRequest, since fetch does not tell how much has been sent. */
function send(form, name, file, onShare) {
  return new Promise((resolve, reject) => {
    const body = new FormData();
    for (const hidden of form.querySelectorAll("input[type=hidden]")) body.append(hidden.name, hidden.value);
    body.append(name, file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onShare((100 * event.loaded) / event.total);
    request.onload = () => (request.status < 400 && request.response ? resolve(request.response) : reject(request.response));
    request.onerror = () => reject(null);
    request.send(body);
  });
}

async function sendOne(form, name, file, words) {
  const shown = line(form.querySelector("[data-list]"), file, words);
  shown.say("working", words.sending);
  try {
    const answer = await send(form, name, file, (share) => { shown.bar.value = share; });
    shown.say(answer.state ?? "done", words.kept);
    shown.text.textContent = answer.text ?? "";
    if (answer.url) {
      const link = document.createElement("a");
      link.href = answer.url;
      link.textContent = file.name;
      shown.name.replaceChildren(link);
    }
    return true;
  } catch (answer) {
    shown.say("failed", words.failed.split(".")[0]);
    shown.text.textContent = answer?.message ?? words.failed;
    return false;
  } finally {
    shown.bar.remove();
  }
}

async function sendAll(form, input, files) {
  const words = JSON.parse(form.dataset.words);
  let kept = 0;
  for (const file of files) kept += (await sendOne(form, input.name, file, words)) ? 1 : 0;
  input.value = "";
  if (!kept || !form.dataset.doneUrl || form.querySelector(".drop__done")) return;
  const link = document.createElement("a");
  link.href = form.dataset.doneUrl;
  link.className = "button button--primary drop__done";
  link.textContent = words.next;
  form.append(link);
}

export function watchDrops(page) {
  for (const form of page.querySelectorAll("[data-drop]")) {
    const input = form.querySelector("input[type=file]");
    form.querySelector(".drop__send").hidden = true;
    input.addEventListener("change", () => sendAll(form, input, [...input.files]));
    form.addEventListener("submit", (event) => { event.preventDefault(); sendAll(form, input, [...input.files]); });
    for (const kind of ["dragenter", "dragover"]) {
      form.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("drop--over"); });
    }
    for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => form.classList.remove("drop--over"));
    form.addEventListener("drop", (event) => { event.preventDefault(); sendAll(form, input, [...event.dataTransfer.files]); });
  }
}
