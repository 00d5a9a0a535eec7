//! The table: name, Vietnamese, English. `{}` is a gap (see [`super::Lang::fill`]).

macro_rules! words {
    ($($word:ident = $vi:literal, $en:literal;)*) => {
        /// A text of the screen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each stands in the table with what it says")]
        pub enum Word { $($word,)* }

        impl Word {
            /// Every text.
            pub const ALL: &'static [Self] = &[$(Self::$word,)*];

            /// Vietnamese, English.
            #[must_use]
            pub const fn texts(self) -> (&'static str, &'static str) {
                match self { $(Self::$word => ($vi, $en),)* }
            }
        }
    };
}

words! {
    // The bar at the top: what it is that one looks at, and whether it lives.
    Live = "trực tiếp", "live";
    Connecting = "đang kết nối…", "connecting…";
    NeverConnected = "Chưa kết nối được với máy chủ {}", "Not connected to the server {} yet";
    LinkLostSince = "Mất kết nối từ {}", "Link lost since {}";
    LinkLost = "mất kết nối", "link lost";
    Stale = "không có tin mới", "no news";
    DataAge = "dữ liệu {} trước", "data {} old";
    OldFigures = "số liệu bên dưới là của {} trước", "the figures below are {} old";
    CollectorSilent = "Máy chủ không gửi gì {} rồi: {}", "The server has sent nothing for {}: {}";
    Retrying = "thử lại sau {} s", "trying again in {} s";
    Frozen = "Tạm dừng xem lúc {}: dữ liệu vẫn vào, nhấn {} để xem tiếp", "Frozen at {}: data keeps coming in, {} to go on";
    FilterShown = "Lọc “{}”: {} trên {} dòng, Esc để bỏ", "Filter \"{}\": {} of {} rows, Esc to clear";
    FilterLabel = "lọc", "filter";
    NoAlert = "không có cảnh báo", "no alerts";
    AlertCount = "{} cảnh báo", "{} alerts";
    AllWell = "Không có gì cần xử lý", "Nothing needs attention";
    NoBoardYet = "Đang chờ bảng đầu tiên từ máy chủ", "Waiting for the first board from the server";
    TooSmall = "Cửa sổ {} quá nhỏ: cần ít nhất {}", "Window {} is too small: at least {} is needed";
    PrivacyOn = "ẩn tên cán bộ", "names hidden";
    ReadOnly = "chỉ xem", "read only";

    // The line of figures below it.
    KpiWaiting = "Chờ", "Waiting";
    KpiLongest = "lâu nhất", "longest";
    KpiCalled = "gọi {}", "called {}";
    KpiP90 = "p90", "p90";
    KpiCounters = "Quầy", "Counters";
    KpiSatisfied = "Hài lòng", "Satisfied";
    KpiDevices = "Thiết bị", "Devices";
    KpiDeadLetters = "tin hỏng", "dead letters";
    KpiArrivals = "đến", "arrived";
    KpiAbandoned = "bỏ về", "left";

    // Panes.
    Services = "Thủ tục", "Services";
    ServicesInTrouble = "Thủ tục cần chú ý", "Services in trouble";
    Counters = "Quầy", "Counters";
    Calls = "Số vừa gọi", "Calls";
    Missed = "Số vắng mặt", "Missed";
    Ratings = "Đánh giá", "Ratings";
    Zones = "Khu vực camera", "Camera zones";
    Devices = "Thiết bị", "Devices";
    DeadLetters = "Tin hỏng", "Dead letters";
    Alerts = "Cảnh báo", "Alerts";
    Overview = "Toàn cảnh", "Overview";
    Detail = "Chi tiết", "Detail";
    More = "còn {}", "{} more";
    NothingMatches = "không dòng nào khớp bộ lọc", "no row matches the filter";

    // Columns.
    ColService = "thủ tục", "service";
    ColWaiting = "chờ", "wait";
    ColLongest = "lâu", "long";
    ColLongestWide = "lâu nhất", "longest";
    ColMean = "t.bình", "mean";
    ColP50 = "p50", "p50";
    ColP90 = "p90", "p90";
    ColExpected = "dự kiến", "expected";
    ColTrend = "xu hướng", "trend";
    ColOpen = "quầy", "open";
    ColNext = "số tiếp theo", "next";
    ColArrivals = "đến", "in";
    ColAbandoned = "bỏ", "left";
    ColCalled = "gọi", "called";
    ColCounter = "quầy", "counter";
    ColStatus = "trạng thái", "status";
    ColTicket = "số", "ticket";
    ColSince = "từ", "since";
    ColOfficer = "cán bộ", "officer";
    ColServed = "xong", "served";
    ColMeanService = "t.bình", "mean";
    ColUtilisation = "tải", "load";
    ColSatisfied = "hài lòng", "satisf.";
    ColTime = "lúc", "time";
    ColPriority = "ưu tiên", "priority";
    ColDevice = "thiết bị", "device";
    ColKind = "loại", "kind";
    ColAge = "tuổi", "age";
    ColSkew = "lệch giờ", "skew";
    ColGaps = "hụt", "gaps";
    ColFlags = "ghi chú", "flags";
    ColZone = "khu vực", "zone";
    ColCamera = "camera", "camera";
    ColLevel = "mức", "level";
    ColPeople = "người", "people";
    ColReason = "lý do", "reason";
    ColAlert = "cảnh báo", "alert";
    ColSeverity = "mức độ", "severity";
    ColAcknowledged = "đã nhận", "seen by";
    ColTopic = "chủ đề", "topic";

    // States.
    Serving = "phục vụ", "serving";
    Called = "đã gọi", "called";
    Idle = "rảnh", "idle";
    Paused = "ngưng", "paused";
    Closed = "đóng", "closed";
    PausedLong = "tạm ngưng", "paused";
    ClosedLong = "quầy đóng", "closed";
    OpenCounter = "mở", "open";
    Recall = "mời lại", "recall";
    DeviceInit = "khởi động", "starting";
    DeviceReady = "sẵn sàng", "ready";
    DeviceSleeping = "nghỉ", "sleeping";
    DeviceDisconnected = "đã tắt", "off";
    DeviceLost = "mất liên lạc", "lost";
    DeviceUnheard = "chưa nghe", "unheard";
    Motion = "có người", "motion";
    Still = "yên", "still";
    ZoneUnknown = "không rõ", "unknown";

    // Kinds.
    KindKiosk = "ki-ốt", "kiosk";
    KindCounter = "quầy", "counter";
    KindRating = "nút đánh giá", "rating";
    KindCamera = "camera", "camera";
    KindWall = "màn hình", "wall";
    KindGateway = "cổng nối", "gateway";
    KindHost = "máy chủ", "host";
    ZoneWaiting = "chỗ chờ", "waiting";
    ZoneCounter = "tại quầy", "counter";
    ZoneEntrance = "lối vào", "entrance";
    ZoneIgnore = "bỏ qua", "ignored";

    // Ratings.
    VerySatisfied = "Rất hài lòng", "Very satisfied";
    Satisfied = "Hài lòng", "Satisfied";
    Neutral = "Bình thường", "Neutral";
    Dissatisfied = "Không hài lòng", "Dissatisfied";
    VeryDissatisfied = "Rất không hài lòng", "Very dissatisfied";
    RatedTickets = "{} lượt đánh giá hôm nay", "{} ratings today";
    SatisfiedShare = "{} hài lòng trở lên", "{} satisfied or better";
    Unbound = "{} lượt không gắn được với số nào", "{} presses belong to no ticket";
    NoRatingsYet = "chưa có đánh giá nào hôm nay", "no ratings today yet";

    // Priorities.
    PriorityNormal = "thường", "normal";
    PriorityElderly = "cao tuổi", "elderly";
    PriorityDisabled = "khuyết tật", "disabled";
    PriorityPregnant = "mang thai", "pregnant";
    PriorityChild = "trẻ nhỏ", "child";
    PriorityMerit = "có công", "merit";
    PriorityAppointment = "hẹn trước", "appointment";

    // Why a figure is missing.
    NoOpenCounter = "không quầy mở", "no open counter";
    ClosedUntil = "nghỉ đến {}", "closed until {}";
    ClosedToday = "đã nghỉ", "closed";
    NotEnoughHistory = "chưa đủ số liệu", "too little data";
    NotInWindow = "{} qua không ai được gọi", "nobody called in the last {}";
    NobodyWaits = "không ai chờ", "nobody waits";
    NotSaid = "chưa báo", "not told";
    NotForYou = "không có quyền xem", "not for this role";
    NotOpenInWindow = "không mở trong {} qua", "not open in the last {}";
    CameraSilent = "camera không gửi", "camera silent";
    NotAsked = "chưa hỏi máy chủ", "not asked yet";

    // What is wrong with a row.
    TroubleLongWait = "chờ lâu {}", "waiting {}";
    TroubleNoCounter = "{} người chờ, không quầy mở", "{} waiting, no open counter";
    TroubleIdle = "rảnh khi {} người chờ", "idle while {} wait";
    TroublePaused = "ngưng {}", "paused {}";
    TroubleNotCome = "gọi {} chưa đến", "called {} ago, not come";
    TroubleLongService = "phục vụ {}", "serving for {}";
    TroubleDeviceLost = "mất liên lạc {}", "lost for {}";

    // Empty panes.
    NoServicesYet = "chưa có thủ tục nào lên tiếng", "no service has been heard of yet";
    NoCountersYet = "chưa có quầy nào lên tiếng", "no counter has been heard of yet";
    NoCallsYet = "hôm nay chưa gọi số nào", "no calls today yet";
    NoMissed = "30 phút qua không ai vắng mặt", "nobody missed in the last 30 minutes";
    NoZones = "không có camera nào", "no cameras";
    NoDevices = "chưa có thiết bị nào", "no devices yet";
    NoDeadLetters = "không có tin hỏng", "no dead letters";
    NoAlerts = "không có cảnh báo", "no alerts";

    // Severities.
    SeverityInfo = "tin", "info";
    SeverityWarning = "chú ý", "warning";
    SeverityCritical = "khẩn", "critical";
}
