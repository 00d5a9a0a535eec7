//! How a person looks.

use super::canvas::{Brush, Canvas, Ink};
use super::dice::Dice;
use super::hall;
use super::shape::{Point, Shape};

/// What somebody wears.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Tallness; 1 is usual.
    pub tall: f32,
    /// Shirt or dress.
    pub top: Ink,
    /// Trousers or skirt.
    pub bottom: Ink,
    /// Face and hands.
    pub skin: Ink,
    /// Hair.
    pub hair: Ink,
    /// How clearly the cloth's pattern is seen, as a share of its brightness.
    pub pattern: f32,
}

const TOPS: [Ink; 8] = [
    Ink::rgb(236, 234, 226),
    Ink::rgb(120, 158, 196),
    Ink::rgb(164, 66, 60),
    Ink::rgb(64, 78, 108),
    Ink::rgb(208, 176, 96),
    Ink::rgb(98, 128, 96),
    Ink::rgb(190, 150, 170),
    Ink::rgb(84, 80, 78),
];
const BOTTOMS: [Ink; 4] = [Ink::rgb(44, 48, 62), Ink::rgb(82, 74, 66), Ink::rgb(58, 62, 60), Ink::rgb(128, 122, 110)];
const HAIRS: [Ink; 4] = [Ink::rgb(30, 26, 24), Ink::rgb(44, 34, 28), Ink::rgb(26, 26, 28), Ink::rgb(150, 148, 146)];

impl Look {
    /// Somebody, by chance.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed.wrapping_mul(77));
        Self {
            tall: dice.between(0.92, 1.05),
            top: TOPS[dice.one_of(TOPS.len())].times(dice.between(0.85, 1.05)),
            bottom: BOTTOMS[dice.one_of(BOTTOMS.len())].times(dice.between(0.85, 1.1)),
            skin: Ink::rgb(206, 164, 134).times(dice.between(0.85, 1.05)),
            hair: HAIRS[dice.one_of(HAIRS.len())],
            pattern: dice.between(0.04, 0.16),
        }
    }

    /// The same person in clothes that are hardly brighter or darker than `ink`: `contrast` 1 is as
    /// bright as it.
    #[must_use]
    pub fn dressed_like(self, ink: Ink, contrast: f32) -> Self {
        Self { top: ink.times(contrast), bottom: ink.times(contrast * 0.94), pattern: 0.04, ..self }
    }
}

/// How somebody holds himself at one moment. Lengths are shares of his height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pose {
    /// Where his feet are, in fractions of the picture.
    pub foot: [f32; 2],
    /// 0 stands, 1 sits.
    pub sits: f32,
    /// 0 stands, 1 walks.
    pub walks: f32,
    /// Where in his step he is, radians.
    pub step: f32,
    /// -1 to the left, 1 to the right, 0 to or from us.
    pub heading: f32,
    /// We see his back.
    pub away: bool,
    /// Chest, -1..1.
    pub breath: f32,
    /// Head and shoulders aside.
    pub lean: f32,
    /// Head against the shoulders.
    pub head: [f32; 2],
    /// A hand that is lifted, 0..1.
    pub hand: f32,
}

/// Draws his shadow and how the floor mirrors him: nobody is where only these are.
pub(super) fn draw_shadow(canvas: &mut Canvas, look: &Look, pose: &Pose) {
    let body = Body::new(canvas, look, pose);
    let depth = pose.foot[1];
    let mirrored = Shape::Limb { a: body.at(0.0, -0.06), b: body.at(0.0, -0.34), ra: body.px(0.09), rb: body.px(0.1) };
    let mirror = Brush { opacity: 0.08, soft: body.px(0.12), depth, ..Brush::of(look.top) };
    canvas.draw(&mirrored, &mirror);
    let under = Shape::Oval { at: body.at(0.04, 0.0), rx: body.px(0.2), ry: body.px(0.045) };
    canvas.draw(&under, &Brush { depth, ..Brush::tint(0.7, body.px(0.1)) });
    let cast = Shape::Limb { a: body.at(0.0, 0.0), b: body.at(0.5, -0.03), ra: body.px(0.06), rb: body.px(0.03) };
    canvas.draw(&cast, &Brush { depth, ..Brush::tint(0.9, body.px(0.12)) });
}

/// Draws somebody.
pub(super) fn draw(canvas: &mut Canvas, look: &Look, pose: &Pose) {
    let body = Body::new(canvas, look, pose);
    let (near, far) = if pose.heading >= 0.0 { (1.0, -1.0) } else { (-1.0, 1.0) };
    body.leg(canvas, far, 0.82);
    body.arm(canvas, far, 0.85);
    body.leg(canvas, near, 1.0);
    body.trunk(canvas);
    body.arm(canvas, near, 0.95);
    body.head(canvas);
}

/// A person's measures at a moment.
struct Body<'a> {
    look: &'a Look,
    pose: &'a Pose,
    foot: Point,
    tall: f32,
}

impl<'a> Body<'a> {
    fn new(canvas: &Canvas, look: &'a Look, pose: &'a Pose) -> Self {
        let tall = hall::height(pose.foot[1]) * canvas.height as f32 * look.tall;
        Self { look, pose, foot: canvas.pixels(pose.foot), tall }
    }

    fn px(&self, share: f32) -> f32 {
        share * self.tall
    }

    fn at(&self, dx: f32, up: f32) -> Point {
        [self.foot[0] + dx * self.tall, self.foot[1] - up * self.tall]
    }

    /// Between how it is for who stands and for who sits.
    fn mixed(&self, stands: f32, sits: f32) -> f32 {
        stands + (sits - stands) * self.pose.sits
    }

    fn brush(&self, ink: Ink) -> Brush {
        Brush {
            depth: self.pose.foot[1],
            person: true,
            grain: self.look.pattern,
            grain_size: (self.tall * 0.008).max(0.5),
            grain_at: self.at(self.pose.lean, self.mixed(0.5, 0.3)),
            ..Brush::of(ink)
        }
    }

    fn limb(&self, canvas: &mut Canvas, ends: [Point; 2], thick: [f32; 2], brush: &Brush) {
        let shape = Shape::Limb { a: ends[0], b: ends[1], ra: self.px(thick[0]), rb: self.px(thick[1]) };
        canvas.draw(&shape, brush);
    }

    /// How wide he is, seen from where we stand.
    fn width(&self) -> f32 {
        1.0 - 0.4 * self.pose.heading.abs()
    }

    fn leg(&self, canvas: &mut Canvas, side: f32, shade: f32) {
        let pose = self.pose;
        let swing = (pose.step + if side > 0.0 { 0.0 } else { std::f32::consts::PI }).sin() * pose.walks;
        let rise = (swing + 0.2).max(0.0) * 0.05 * pose.walks;
        let hip = self.at(side * 0.048 * self.width(), self.mixed(0.49, 0.34));
        let stand_x = side * 0.05 * self.width() + 0.15 * swing * pose.heading;
        let knee_up = self.mixed(0.27 + rise, 0.255);
        let knee = self.at(self.mixed(stand_x * 0.5 + 0.04 * swing.max(0.0) * pose.heading, side * 0.082), knee_up);
        let ankle = self.at(self.mixed(stand_x, side * 0.062), self.mixed(0.03 + rise, 0.03));
        let cloth = self.brush(self.look.bottom.times(shade));
        self.limb(canvas, [hip, knee], [0.062, self.mixed(0.048, 0.058)], &cloth);
        self.limb(canvas, [knee, ankle], [0.046, 0.034], &cloth);
        let toe = [ankle[0] + self.px(0.045) * pose.heading, ankle[1] + self.px(0.012)];
        let shoe = Brush { grain: 0.0, ..self.brush(Ink::rgb(34, 32, 34)) };
        self.limb(canvas, [ankle, toe], [0.03, 0.026], &shoe);
    }

    fn shoulder(&self) -> [f32; 2] {
        [self.pose.lean + 0.02 * self.pose.heading * self.pose.walks, self.mixed(0.785, 0.6) + 0.003 * self.pose.breath]
    }

    fn trunk(&self, canvas: &mut Canvas) {
        let [x, up] = self.shoulder();
        let width = self.width();
        let chest = (0.078 + 0.0012 * self.pose.breath) * (0.6 + 0.4 * width);
        let cloth = Brush { round: 0.18, ..self.brush(self.look.top) };
        for side in [-0.045, 0.045] {
            let (a, b) = (self.at(x + side * width, up), self.at(side * width * 0.9, self.mixed(0.49, 0.375)));
            self.limb(canvas, [a, b], [chest * 0.82, chest * 0.86], &cloth);
        }
        self.limb(canvas, [self.at(x, up - 0.01), self.at(0.0, self.mixed(0.5, 0.38))], [chest, chest], &cloth);
        let neck = Brush { grain: 0.0, ..self.brush(self.look.skin.times(0.86)) };
        self.limb(canvas, [self.at(x, up + 0.04), self.at(x, up + 0.09)], [0.032, 0.03], &neck);
    }

    fn arm(&self, canvas: &mut Canvas, side: f32, shade: f32) {
        let pose = self.pose;
        let [x, up] = self.shoulder();
        let swing = -(pose.step + if side > 0.0 { 0.0 } else { std::f32::consts::PI }).sin() * pose.walks;
        let lift = if side > 0.0 { pose.hand } else { pose.hand * 0.3 };
        let out = side * 0.115 * self.width();
        let shoulder = self.at(x + out * 0.92, up - 0.015);
        let elbow = self.at(out * 1.18 + 0.07 * swing * pose.heading + x * 0.6, self.mixed(0.62, 0.44) + 0.03 * lift);
        let hand = self.at(
            self.mixed(out * 1.12 + 0.15 * swing * pose.heading, side * 0.06) - side * 0.03 * lift,
            self.mixed(0.475, 0.335) + 0.16 * lift + 0.02 * swing.max(0.0),
        );
        let cloth = self.brush(self.look.top.times(shade * 0.95));
        self.limb(canvas, [shoulder, elbow], [0.04, 0.034], &cloth);
        self.limb(canvas, [elbow, hand], [0.033, 0.027], &cloth);
        let skin = Brush { grain: 0.0, ..self.brush(self.look.skin) };
        canvas.draw(&Shape::Oval { at: hand, rx: self.px(0.026), ry: self.px(0.03) }, &skin);
    }

    fn head(&self, canvas: &mut Canvas) {
        let pose = self.pose;
        let [x, up] = self.shoulder();
        let middle = self.at(x + pose.head[0] + 0.012 * pose.heading, up + 0.142 + pose.head[1]);
        let skin = Brush { grain: 0.0, round: 0.12, ..self.brush(self.look.skin) };
        let hair = Brush { grain: 0.1, grain_size: 1.0, round: 0.1, ..self.brush(self.look.hair) };
        let oval = |dx: f32, up: f32, rx: f32, ry: f32| Shape::Oval {
            at: [middle[0] + self.px(dx), middle[1] - self.px(up)],
            rx: self.px(rx),
            ry: self.px(ry),
        };
        canvas.draw(&oval(-0.014 * pose.heading, 0.014, 0.06, 0.072), &hair);
        if !pose.away {
            canvas.draw(&oval(0.014 * pose.heading, -0.014, 0.047, 0.058), &skin);
            // The fringe.
            canvas.draw(&oval(-0.008 * pose.heading, 0.05, 0.052, 0.034), &hair);
        }
    }
}
