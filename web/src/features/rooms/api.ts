/** The doors of `rooms/`. */

import { request } from "$lib/api/client";
import type { Page } from "$lib/api/shapes";
import type { Actor, RoomState } from "$lib/room/events";

export interface RoomCard {
  id: string;
  title: string;
  creator: Actor;
  status: string;
  viewers: number;
  coins: number;
  started_at: string;
}

export type RoomView = RoomCard & { state: RoomState };

export const listRooms = () => request<Page<RoomCard>>("GET", "/v1/rooms");
export const readRoom = (id: string) => request<RoomView>("GET", `/v1/rooms/${id}`);
export const openRoom = (title: string) => request<RoomCard>("POST", "/v1/rooms", { body: { title } });
export const closeRoom = (id: string) => request<RoomCard>("POST", `/v1/rooms/${id}/close`);
export const sendMessage = (room: string, text: string) =>
  request("POST", `/v1/rooms/${room}/messages`, { body: { text } });
