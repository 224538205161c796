// Music as the microphone hears it. Unless they are told otherwise, browsers take what they record
// for a telephone call: they suppress what stands still, as held notes do, level out what is loud
// and soft, and cancel what the computer's own loudspeaker plays. Streamlit's recorder says nothing.

export default function () {
  const devices = navigator.mediaDevices; // There is none on pages without HTTPS.
  if (!devices || devices.asItSounds) return;
  const ask = devices.getUserMedia.bind(devices);
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  devices.getUserMedia = (wanted) => {
    const audio = wanted?.audio;
    return ask(audio ? { ...wanted, audio: { ...plain, ...(audio === true ? {} : audio) } } : wanted);
  };
  devices.asItSounds = true;
}
