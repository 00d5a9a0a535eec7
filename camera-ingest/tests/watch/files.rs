//! The sites' files change.

use super::hall::Hall;

#[tokio::test]
async fn only_the_camera_that_changed_is_restarted() {
    let mut hall = Hall::open().await;
    let (one, two) = (hall.camera("one", "looks 600"), hall.camera("two", "looks 600"));
    let three = hall.camera("three", "looks 600");
    hall.write_site(&[&one, &two]);
    let running = hall.run();
    hall.until("both", |hall| hall.count("one online") == 1 && hall.count("two online") == 1).await;
    let (first, second) = (hall.worker("one").unwrap(), hall.worker("two").unwrap());

    // Changed, removed, added.
    hall.write_site(&[&one.replace("seats = 10", "seats = 20"), &three]);
    hall.until("the change", |hall| {
        hall.count("one online") == 2 && hall.count("three online") == 1 && hall.count("two offline stopped") == 1
    })
    .await;
    assert_ne!(hall.worker("one").unwrap(), first);
    hall.until("the end of the second", |hall| hall.worker("two").is_none()).await;
    assert!(!super::fake::is_there(second));
    assert_eq!(hall.count("one offline stopped"), 1);
    let third = hall.worker("three").unwrap();

    // Wrong: nothing changes, and it is said why.
    hall.write_site(&[&one, &three.replace("kind = \"waiting\"", "kind = \"waitign\"")]);
    hall.until("the mistake", |hall| hall.log().contains("waitign")).await;
    hall.write_site(&[&one.replace("seats = 10", "seats = 20"), &three, &two]);
    hall.until("the second again", |hall| hall.count("two online") == 2).await;
    assert_eq!(hall.worker("three"), Some(third));
    assert_eq!((hall.count("one online"), hall.count("three online")), (2, 1));
    running.stop().await;
}
