import sharp from "sharp";

export const dynamic = "force-dynamic";

export default async function Page() {
  const pixels = { create: { width: 2, height: 2, channels: 3, background: "red" } };
  const image = await sharp(pixels).png().toBuffer();
  return <p>{`a picture of ${image.length} bytes`}</p>;
}
