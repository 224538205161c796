// Music as the microphone hears it. Unless they are told otherwise, browsers take what they record
// for a call: they suppress what stands still, as held notes do, level out what is loud and soft,
// and cancel what the computer's own loudspeaker plays. Streamlit's recorder asks for a sample
// rate only; where a device runs at that rate, Chromium leaves the sound alone, elsewhere not.

const PLAIN = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

export default function () {
  // The prototype, as Safari may forget what is put on navigator.mediaDevices itself.
  const made = globalThis.MediaDevices?.prototype; // There is none on pages without HTTPS.
  if (!made || made.asItSounds) return;
  const ask = made.getUserMedia;
  made.getUserMedia = function (wanted) {
    const audio = wanted?.audio;
    if (!audio) return ask.call(this, wanted);
    return ask.call(this, { ...wanted, audio: { ...PLAIN, ...(audio === true ? {} : audio) } });
  };
  made.asItSounds = true;
}
