// @ts-check
/** The page's words: Vietnamese first, English second. */

/** @typedef {"vi" | "en"} Language */

const VI = {
  title: "Vùng của camera", picture: "Hình và các vùng", show: "Xem một hình", again: "Xem hình mới", hide: "Bỏ hình",
  draw: "Vẽ vùng", add: "Thêm hình chữ nhật", undo: "Hoàn tác", apply: "Áp dụng", applied: "Đang đo các vùng này",
  empty: "Chưa xem hình nào", zones: "Các vùng", text: "Văn bản TOML", copy: "Chép", copied: "Đã chép.", save: "Lưu",
  saved: "Đã lưu.", none: "Chưa có vùng nào. Bấm “Vẽ vùng” rồi bấm từng góc trên hình.", zone_id: "Mã vùng", kind: "Loại",
  counter_id: "Quầy nào", seats: "Số chỗ (nếu biết)", drop: "Xoá vùng", waiting: "Khu chờ", counter: "Quầy",
  entrance: "Lối vào", ignore: "Bỏ qua", there: "có người", nobody: "không có ai", not_measured: "chưa đo: bấm “Áp dụng”",
  not_looked_at: "không nhìn vào", form_site: "cho tệp trung tâm ([[camera.zone]])", form_alone: "tệp vùng riêng ([[zone]])",
  where_site: "Dán vào tệp trung tâm, ngay dưới [[camera]] của camera này, thay cho các [[camera.zone]] cũ.",
  where_alone: "Dùng cho camera-ingest analyse --zones.", where_file: "“Lưu” ghi vào {file} (thay toàn bộ nội dung).",
  logged: "Mỗi lần xem hình được ghi lại: {person}, camera, thời điểm. Hình không được lưu ở đâu cả.",
  hint: "Kéo điểm hoặc cả vùng; bấm dấu + để thêm điểm. Bàn phím: Tab tới vùng, Enter vào các điểm, mũi tên để dời (Shift: xa hơn), Enter thêm điểm, Delete xoá điểm, Esc ra.",
  hint_draw: "Bấm từng góc; bấm lại góc đầu hoặc Enter để xong, Esc để thôi, Backspace bỏ góc cuối. Bàn phím: mũi tên dời dấu thập, phím cách đặt góc.",
  point: "Điểm {n} của {zone}: {x} %, {y} %", edge: "Thêm điểm",
  opening: "Đang mở luồng…", learning: "Đang làm quen với căn phòng…", watching: "Đang đo", blind: "Có hình nhưng không nhìn được gì",
  lost: "Mất hình", ended: "Trang đã kết thúc. Hãy chạy lại camera-ingest zones.", stream: "{width} × {height}, {codec}",
  ending: "Trang sẽ tự kết thúc sau {s} giây vì không có ai dùng.", stay: "Tôi vẫn ở đây", asking: "Đang lấy hình…",
  no_picture: "Không có hình: {why}", failed: "Không được: {why}", other: "Không có trả lời từ chương trình.",
};

/** @type {typeof VI} */
const EN = {
  title: "Zones of camera", picture: "Picture and zones", show: "Show one picture", again: "Show a new picture", hide: "Put it away",
  draw: "Draw a zone", add: "Add a rectangle", undo: "Undo", apply: "Apply", applied: "Measuring these",
  empty: "No picture was asked for", zones: "Zones", text: "TOML text", copy: "Copy", copied: "Copied.", save: "Save",
  saved: "Saved.", none: "There is no zone yet. Press “Draw a zone”, then click its corners.", zone_id: "Zone id", kind: "Kind",
  counter_id: "Which counter", seats: "Seats (if known)", drop: "Remove the zone", waiting: "Waiting area", counter: "Counter",
  entrance: "Entrance", ignore: "Not looked at", there: "somebody is there", nobody: "nobody is there", not_measured: "not measured: press “Apply”",
  not_looked_at: "not looked at", form_site: "for a site's file ([[camera.zone]])", form_alone: "a file of zones ([[zone]])",
  where_site: "Paste it into the site's file, right below this camera's [[camera]], in the place of its old [[camera.zone]].",
  where_alone: "For camera-ingest analyse --zones.", where_file: "“Save” writes {file} (all of it anew).",
  logged: "Each look at a picture is written down: {person}, the camera, the time. The picture itself is stored nowhere.",
  hint: "Drag a point or a whole zone; press a + to add a point. Keys: Tab to a zone, Enter for its points, arrows move (Shift: further), Enter adds a point, Delete removes it, Esc goes back.",
  hint_draw: "Click each corner; the first one again or Enter ends, Esc gives up, Backspace takes the last back. Keys: arrows move the cross, space sets a corner.",
  point: "Point {n} of {zone}: {x} %, {y} %", edge: "Add a point",
  opening: "Opening the stream…", learning: "Getting to know the room…", watching: "Measuring", blind: "There are pictures, but nothing can be told from them",
  lost: "No picture", ended: "The page has ended. Run camera-ingest zones again.", stream: "{width} × {height}, {codec}",
  ending: "The page ends in {s} seconds, because nobody uses it.", stay: "I am still here", asking: "Asking for a picture…",
  no_picture: "No picture: {why}", failed: "It did not work: {why}", other: "The program does not answer.",
};

/** What a camera's trouble is called. @type {Record<string, string>} */
const TROUBLES_VI = {
  unreachable: "không kết nối được tới camera", refused: "camera từ chối tên hoặc mật khẩu", no_such_stream: "camera không có luồng này",
  no_video: "không có hình đọc được", stalled: "hình không tới", ended: "luồng đã dừng", broken: "hình không giải mã được",
  blind: "camera bị che hoặc quá tối", worker: "chương trình đọc camera đã dừng, đang chạy lại",
};

/** What went wrong, by a piece of the English sentence. @type {[string, string][]} */
const FAULTS_VI = [
  ["crosses itself", "các cạnh cắt nhau; hãy đặt các điểm theo thứ tự quanh vùng"],
  ["encloses nothing", "vùng không có diện tích"],
  ["needs at least 3", "cần ít nhất 3 điểm"],
  ["are the most", "quá nhiều điểm"],
  ["is already there", "mã vùng này đã có"],
  ["does not fit", "chỉ dùng a–z, 0–9 và dấu -, nhiều nhất 32 ký tự"],
  ["is empty", "còn trống"],
  ["is missing", "còn thiếu"],
  ["no counter", "không có quầy này trong tệp trung tâm"],
  ["whole number", "phải là số nguyên từ 1 đến 10000"],
  ["changed by somebody else", "tệp đã được người khác sửa; chưa ghi gì"],
  ["cannot be written", "không ghi được tệp"],
  ["worker is busy", "chương trình đọc camera đang bận, hãy thử lại"],
  ["no picture came within", "không có hình nào tới"],
];

/** @type {Language} */
let language = "vi";

/** @returns {Language} */
export const spoken = () => language;

/** @param {Language} next */
export function speak(next) {
  language = next;
  document.documentElement.lang = next;
  for (const element of Array.from(document.querySelectorAll("[data-t]"))) {
    const key = element.getAttribute("data-t") || "";
    if (key in VI) element.textContent = t(/** @type {keyof typeof VI} */ (key));
  }
}

/** @param {keyof typeof VI} key @param {Record<string, string | number>} [values] */
export function t(key, values = {}) {
  const text = (language === "vi" ? VI : EN)[key];
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(name in values ? values[name] : whole));
}

/** @param {string} kind of a zone */
export function kindName(kind) {
  return kind in VI ? t(/** @type {keyof typeof VI} */ (kind)) : kind;
}

/** @param {string | null} trouble @param {string | null} why in English */
export function troubleText(trouble, why) {
  const text = language === "vi" ? TROUBLES_VI[trouble || ""] : why;
  return text || why || "";
}

/** @param {string} message in English */
export function faultText(message) {
  if (language === "en") return message;
  const found = FAULTS_VI.find(([piece]) => message.includes(piece));
  return found ? found[1] : message;
}
