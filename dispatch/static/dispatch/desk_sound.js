/* The desk's sound: one short tone on a new red, which can be switched off. */
(() => {
  "use strict";
  const soundButton = document.getElementById("desk-sound");
  if (!soundButton) return;
  const SOUND_OFF = "desk.sound.off";
  const soundOn = () => localStorage.getItem(SOUND_OFF) !== "1";
  /* A browser is silent until somebody has touched the page. One audio context is woken by the
     first touch; until then the switch says that it has to be pressed. */
  let audio = null;
  const locked = () => soundOn() && window.AudioContext && !(audio && audio.state === "running");
  function showSound() {
    soundButton.setAttribute("aria-pressed", String(soundOn()));
    soundButton.classList.toggle("is-locked", Boolean(locked()));
    const told = soundButton.querySelector("span");
    told.textContent = locked() ? told.dataset.locked : soundOn() ? told.dataset.on : told.dataset.off;
  }
  function wake(event) {
    // The press that wakes the sound must not switch it off in the same moment.
    if (event && soundButton.contains(event.target)) {
      soundButton.dataset.wasLocked = soundButton.classList.contains("is-locked") ? "1" : "0";
    }
    if (!soundOn() || !window.AudioContext) return showSound();
    if (!audio) {
      audio = new AudioContext();
      audio.onstatechange = showSound;
    }
    if (audio.state === "suspended") audio.resume().then(showSound, showSound);
    return showSound();
  }
  ["pointerdown", "keydown"].forEach((kind) => document.addEventListener(kind, wake, { capture: true }));
  soundButton.addEventListener("click", () => {
    if (!(soundOn() && soundButton.dataset.wasLocked === "1")) {
      localStorage.setItem(SOUND_OFF, soundOn() ? "1" : "0");
    }
    soundButton.dataset.wasLocked = "0";
    wake();
    if (soundOn()) setTimeout(beep, 100);
  });
  function beep() {
    if (!soundOn() || !audio || audio.state !== "running") return;
    soundButton.dataset.beeps = String(Number(soundButton.dataset.beeps || 0) + 1);
    const tone = audio.createOscillator();
    const level = audio.createGain();
    tone.frequency.value = 880;
    level.gain.setValueAtTime(0.15, audio.currentTime);
    level.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.5);
    tone.connect(level).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.5);
  }

  document.addEventListener("portal:new-red", beep);
  showSound();
})();
